import { codeHostContract } from '../../contracts/code-host.ts';
import { makeLocalRig } from './rig.ts';

codeHostContract('the local adapter', async () => makeLocalRig());
