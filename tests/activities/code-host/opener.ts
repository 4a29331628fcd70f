/** A process of its own that opens one pull request: `opener.ts <dataDir> <repository> <head> <base>`; prints the number or the error's code. */
import { createLocalCodeHost } from '../../../activities/code-host/local/index.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { PortError } from '../../../activities/support/errors.ts';

const [dataDir = '', path = '', head = '', base = ''] = process.argv.slice(2);
const host = createLocalCodeHost({
  git: createSimpleGit({ dataDir, hostId: 'host-a', env: process.env }),
  dataDir,
});
try {
  const { number } = await host.openPullRequest({
    repository: { kind: 'path', path },
    headBranch: head,
    baseBranch: base,
    title: 'Add work',
    body: '',
  });
  process.stdout.write(`${number}`);
} catch (error) {
  if (!(error instanceof PortError)) throw error;
  process.stdout.write(error.code);
}
