/**
 * F01 of the fault plan: a worker process dies by SIGKILL at every activity's fault points, and the next one goes on. The list
 * is made from the activities that workers really offer and from the fault points in the code. `PHASEWRIGHT_TEST_MATRIX=full`
 * runs all of it; otherwise the unknown outcomes (effect done, answer lost) and what the acceptance list names.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseScheduled } from '../support/schedule.ts';
