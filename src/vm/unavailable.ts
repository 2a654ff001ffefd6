import { NetwhyError } from '../base/index.ts';

/** This machine cannot run that VM: no such kernel in its archive, another architecture, programs missing. */
export class VmUnavailable extends NetwhyError {}
