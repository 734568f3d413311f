/** The registry's only address; `ctr` and containerd speak plain HTTP to a loopback one. */
export const REGISTRY_PORT = 5000;

const registry = `localhost:${REGISTRY_PORT}`;

/** What the registry holds. All are made of the same Debian root with Python. */
export const imageNames = {
  /** As it was built: layers of tar and gzip. */
  ordinary: `${registry}/python:ordinary`,
  /** The same, converted to eStargz by ctr-remote. */
  lazy: `${registry}/python:lazy`,
  /** The lazy one, but its middle layer is the ordinary one's. */
  mixed: `${registry}/python:mixed`,
  /** What a pod's sandbox runs. */
  pause: `${registry}/pause:1`,
} as const;
