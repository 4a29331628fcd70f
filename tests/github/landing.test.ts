import { landingContract } from '../contracts/landing.ts';

landingContract('github');
