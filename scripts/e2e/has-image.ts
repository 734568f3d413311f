import type { ContainerEngine } from './container-engine.ts';

/** Whether the engine has an image of that name, without asking a registry. */
export async function hasImage(engine: ContainerEngine, name: string): Promise<boolean> {
  return (await engine.run(['image', 'inspect', name], { mayFail: true })).status === 0;
}
