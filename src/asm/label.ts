/** A place in a program. Labels are objects: two pieces of program may both name theirs "drop". */
export class Label {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export function label(name: string): Label {
  return new Label(name);
}
