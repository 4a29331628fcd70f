import { landingContract } from '../contracts/landing.ts';
import { describeOnGitea } from './describe-on-gitea.ts';

describeOnGitea('on a real Gitea', () => landingContract('gitea'));
