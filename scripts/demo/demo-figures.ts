/** One way to bring an image and start a container from it. */
export interface RunFigures {
  /** From the start of the pull to its end. */
  readonly pullSeconds: number;
  /** From the start of the pull to the container's first output. */
  readonly firstOutputSeconds: number;
  /** What came over the link from the registry, until the container had ended. */
  readonly bytesFetched: number;
  /** What the container printed. */
  readonly output: string;
}

/** What the demo found out. `--json` prints it as it is. */
export interface DemoFigures {
  readonly link: { readonly bitsPerSecond: number; readonly roundTripMs: number };
  readonly image: { readonly layers: number; readonly compressedBytes: number; readonly bytes: number };
  readonly lazy: RunFigures & { readonly lazyLayers: number; readonly daemonResidentBytes: number };
  readonly whole: RunFigures;
}
