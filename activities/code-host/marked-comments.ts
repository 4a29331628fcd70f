/** One comment per marker: ours is the one that holds it and was written as us. */
import { sameLogin } from '../../domain/names/logins.ts';
import { withMarker } from '../../domain/names/markers.ts';
import type { Comment } from '../../domain/code-host/comments.ts';
import type { CodeHost } from './port.ts';
import { sameText } from './texts.ts';

export interface CommentParts extends Pick<CodeHost, 'listComments' | 'identity'> {
  /** `old`: the id of the comment whose text is replaced; undefined: a new one is written. */
  readonly write: (
    id: Parameters<CodeHost['listComments']>[0],
    text: string,
    old: number | undefined,
  ) => Promise<Comment>;
}

/** Looks first: a repeat writes nothing. */
export function commentByMarker({ listComments, identity, write }: CommentParts): CodeHost['comment'] {
  return async ({ repository, number, marker, body }) => {
    const id = { repository, number };
    const text = withMarker(body, marker);
    const { login } = await identity();
    const old = (await listComments(id)).find(
      ({ author, body: said }) => sameLogin(author, login) && said.includes(marker),
    );
    return old !== undefined && sameText(old.body, text) ? old : write(id, text, old?.id);
  };
}
