import { codeHostContract } from '../contracts/code-host.ts';
import { describeOnGitea } from './describe-on-gitea.ts';
import { makeGiteaRig } from './gitea-rig.ts';

describeOnGitea('on a real Gitea', () => codeHostContract('the Gitea adapter', makeGiteaRig));
