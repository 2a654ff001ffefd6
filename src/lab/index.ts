/**
 * lab: every cause reproduced on the running kernel, named, and cured.
 *
 * Promises: everything happens in network namespaces of its own, called after this process and removed when a
 * scenario ends, also when it fails; what changes the whole machine is only run in a throw-away VM or when it was
 * allowed. Traffic is real: sockets of child processes, or frames from a packet socket. The verdict comes from the
 * same code as `netwhy why`, and the fix is the text that it prints. A cell of the table is true only when it was seen.
 */
export { type LabReport, type LabRun, runScenario } from './run-scenario.ts';
export { type Family, type Scenario, scenarioOf } from './scenario.ts';
export { SCENARIOS } from './scenarios/table.ts';
export { type Story, silentStory } from './story.ts';
