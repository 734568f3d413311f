import type { StargzProgram } from '../bench-fs/stargz/find-stargz.ts';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { fetchManifestSeconds } from './fetch-manifest.ts';
import type { Link } from './link.ts';
import type { MadeImage } from './make-image.ts';
import { type MeasuredStart, measureStart } from './measure-start.ts';
import { medianOf } from './median.ts';
import { neededBytes } from './needed-bytes.ts';
import { type PublishedImage, repositoryOf } from './publish-image.ts';
import type { FarSide } from './start-far-side.ts';
import { type CaseResult, type Floor, measures, type StartFigures } from './start-figures.ts';
import type { Subject } from './subjects.ts';

export interface MeasureCaseOptions {
  readonly far: FarSide;
  readonly image: MadeImage;
  readonly published: PublishedImage;
  readonly link: Link;
  readonly rounds: number;
  readonly subjects: readonly Subject[];
  readonly stargz?: StargzProgram | undefined;
  /** What starts of the image read, once that was learned. */
  readonly learned: { profile: string | undefined };
}

/** Measures all subjects in turn, round by round, so that a change of the machine's load meets all of them. */
export async function measureCase(context: LabContext, options: MeasureCaseOptions): Promise<CaseResult> {
  const { far, image, published, link, rounds, subjects } = options;
  await far.shape(link);
  const measured = new Map<Subject, StartFigures[]>();
  const failed = new Map<string, string>();
  const local: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const subject of subjects) {
      if (failed.has(subject.name)) continue;
      const title = `${image.name}, ${link.megabitsPerSecond} Mbit/s, round ${round} of ${rounds}: ${subject.name}`;
      try {
        const start = await context.progress.stage(title, () => measureOne(context, subject, options));
        process.stderr.write(summaryOf(start.figures));
        measured.set(subject, [...(measured.get(subject) ?? []), start.figures]);
        if (start.localSeconds !== undefined) local.push(start.localSeconds);
      } catch (error) {
        if (context.signal.aborted || !(error instanceof LabError)) throw error;
        process.stderr.write(`${error.message}\n`);
        failed.set(subject.name, error.message);
      }
    }
  }
  return {
    image: image.name,
    megabitsPerSecond: link.megabitsPerSecond,
    readsAll: image.readsAll ?? false,
    compressedBytes: published.compressedBytes.estargz ?? 0,
    floor: await floorOf(options, local),
    subjects: [...measured].map(([{ name }, figures]) => ({
      subject: name,
      rounds: figures,
      median: medianFigures(figures),
    })),
    failed: [...failed].map(([subject, reason]) => ({ subject, reason })),
  };
}

/** For who is waiting, and for who interrupts a long run. */
function summaryOf({ firstOutput, ready, bytes, requests }: StartFigures): string {
  const megabytes = (bytes / 1e6).toFixed(1);
  return `  first output ${firstOutput.toFixed(2)} s, ready ${ready.toFixed(2)} s, ${megabytes} MB, ${requests} requests\n`;
}

async function measureOne(
  context: LabContext,
  subject: Subject,
  { far, image, learned, stargz }: MeasureCaseOptions,
): Promise<MeasuredStart> {
  if (subject.learned && learned.profile === undefined) {
    throw new LabError(
      'CANNOT_RUN_HERE',
      `${subject.name} replays what an earlier start has read, and none was measured: measure sluice, too, before it.`,
    );
  }
  const start = await measureStart(context, {
    subject,
    far,
    stargz,
    reference: `${far.host}/${repositoryOf(image)}:${subject.variant}`,
    profile: subject.learned ? learned.profile : undefined,
    again: !subject.start,
    learn: subject.variant === 'estargz' && subject.teaches === true && learned.profile === undefined,
  });
  learned.profile ??= start.learned;
  return start;
}

async function floorOf(
  { far, image, link, learned }: MeasureCaseOptions,
  localSeconds: readonly number[],
): Promise<Floor | undefined> {
  if (learned.profile === undefined || localSeconds.length === 0) return undefined;
  const needed = neededBytes(learned.profile);
  const transfer = needed / ((link.megabitsPerSecond * 1e6) / 8);
  const local = medianOf(localSeconds);
  const manifests: number[] = [];
  for (let i = 0; i < 3; i++) {
    manifests.push(await fetchManifestSeconds(far.host, repositoryOf(image), 'estargz'));
  }
  const manifest = medianOf(manifests);
  return { neededBytes: needed, transfer, local, manifest, total: transfer + local + manifest };
}

function medianFigures(figures: readonly StartFigures[]): StartFigures {
  const medians = measures.map((measure) => [measure, medianOf(figures.map((one) => one[measure]))]);
  return Object.fromEntries(medians) as StartFigures;
}
