/**
 * Text of others for a code host, on which it mentions nobody, refers to nothing and closes nothing: `@name`, `@team/x`, `#12`,
 * `owner/name#12`, `GH-12` and addresses of issues, pull requests and discussions. A character that is not seen (zero
 * width non-joiner) takes each apart, so it reads as before.
 * What becomes a reference: https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
 */

const apart = '\u200c';

/** Before a character, or an entity that may stand for one. Backslashes that Markdown would take away may be in between. */
const references =
  /(?<![A-Za-z0-9_])@(?=[A-Za-z0-9&])|#(?=[\d&])|(?<![A-Za-z0-9])GH\\*-(?=[\d&])|\/(?:issues|pulls?|discussions)\\*\/(?=[\d&])/gi;

/** For plain text, as commit messages are: in it no fence protects anything. */
export const withoutReferences = (text: string): string =>
  text.replace(references, (reference) => `${reference}${apart}`);

/** For text that is shown as Markdown: what is in a fence stays as it is, because nothing in there is looked at. */
export function withoutReferencesInMarkdown(text: string): string {
  let fence: string | undefined;
  return text
    .split('\n')
    .map((line) => {
      if (fence !== undefined) {
        if (closes(line, fence)) fence = undefined;
        return line;
      }
      // Only one that is not indented: another may be part of a list, and end with it.
      fence = /^(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(line)?.slice(1).find(Boolean);
      return fence === undefined ? withoutReferences(withoutEntities(line)) : line;
    })
    .join('\n');
}

function closes(line: string, fence: string): boolean {
  const [, run = ''] = /^ {0,3}(`+|~+)[ \t]*$/.exec(line) ?? [];
  return run.startsWith(fence);
}

/** Those that could stand for a part of a reference are shown as they were written. */
const withoutEntities = (line: string): string =>
  line.replace(/&(?=#|(?:commat|num|sol|hyphen|dash|fjlig);)/g, '&amp;');
