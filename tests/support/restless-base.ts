/** A base that moves whenever the checks run: as often as it is told to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RestlessBase {
  /** One of the checks. */
  readonly check: string;
  /** So many more runs move it. */
  moves(times: number): void;
}

/** `repository`: bare. */
export function restlessBase(given: {
  readonly home: string;
  readonly repository: string;
  readonly base: string;
}): RestlessBase {
  const { home, repository, base } = given;
  const script = join(home, `move-${base}.sh`);
  const left = join(home, `move-${base}.left`);
  writeFileSync(
    script,
    `left=$(cat '${left}')
[ "$left" -gt 0 ] || exit 0
echo $((left - 1)) > '${left}'
export GIT_DIR='${repository}' GIT_INDEX_FILE='${left}.index' EMAIL=mover@example.com
git read-tree 'refs/heads/${base}'
blob=$(echo "$left" | git hash-object -w --stdin)
git update-index --add --cacheinfo "100644,$blob,moved-$left.txt"
git update-ref 'refs/heads/${base}' "$(git commit-tree -p 'refs/heads/${base}' -m "Move $left" "$(git write-tree)")"
`,
  );
  const moves = (times: number) => writeFileSync(left, `${times}\n`);
  moves(0);
  return { check: `sh '${script}'`, moves };
}
