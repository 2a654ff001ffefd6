/**
 * cli: the commands, their options and what they print.
 *
 * Promises: `main` runs one command line and answers with its exit code. A command's code is loaded only when it
 * is asked for. Ctrl-C, SIGTERM and a closed pipe stop every command the same way: it detaches, prints its end and
 * leaves. Only here and in the other edge rooms is there a console or an exit code.
 */
export { main } from './main.ts';
