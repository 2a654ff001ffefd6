#!/usr/bin/env node
import { main } from '../vm/index.ts';

process.exitCode = await main(process.argv.slice(2));
