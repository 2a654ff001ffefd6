import type { CommandRow } from './command.ts';

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'why',
    summary: 'watch for some seconds, then say what is wrong, where, why, and what to run',
    load: async () => (await import('./commands/why.ts')).why,
  },
  {
    name: 'trace',
    summary: 'follow packets through the kernel, function by function, to what became of them',
    load: async () => (await import('./commands/trace.ts')).trace,
  },
  {
    name: 'drops',
    summary: 'show every packet that the kernel drops: where, why, and what that means',
    load: async () => (await import('./commands/drops.ts')).drops,
  },
  {
    name: 'rules',
    summary: 'show which firewall rules a packet meets, and which one drops it, in its own words',
    load: async () => (await import('./commands/rules.ts')).rules,
  },
  {
    name: 'conntrack',
    summary: 'say how the connection tables are doing, who fills them, and what to change',
    load: async () => (await import('./commands/conntrack.ts')).conntrack,
  },
  {
    name: 'lab',
    summary: 'reproduce any of the causes in throw-away namespaces, and cure it',
    load: async () => (await import('./commands/lab.ts')).lab,
  },
  {
    name: 'reasons',
    summary: 'explain the drop and reset reasons that this kernel knows',
    load: async () => (await import('./commands/reasons.ts')).reasons,
  },
  {
    name: 'doctor',
    summary: 'say what this kernel and this user can trace, and what to do about the rest',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
];
