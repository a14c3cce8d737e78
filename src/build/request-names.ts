import { builderName } from '../model/builder-name.ts';
import { XbuildError } from '../model/errors.ts';
import { shellQuote } from '../model/escape.ts';
import { isImageName, remedyForImageName } from '../model/image-name.ts';

/** Names are given last, where the engine's refusal would come after all the work. */
export function refuseNoNames(tags: readonly string[]): void {
  const bad = tags.find((tag) => tag !== '' && !isImageName(tag));
  if (bad === undefined) return;
  throw new XbuildError(
    'bad-argument',
    `--tag is no name of an image: received "${bad}"`,
    // The name was forgotten, and the context taken for it.
    /^[./]/.test(bad)
      ? `If that is the context, write a name before it: -t NAME ${shellQuote(bad)}`
      : remedyForImageName(bad),
  );
}

/** The builder of --builder or BUILDX_BUILDER. */
export function wantedBuilder(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = given ?? (env['BUILDX_BUILDER'] || undefined);
  if (name === undefined || builderName.test(name)) return name;
  throw new XbuildError(
    'bad-flag',
    `${given === undefined ? 'BUILDX_BUILDER' : '--builder'} is no name of a builder: received "${name}"`,
    'See the builders with: docker buildx ls',
  );
}
