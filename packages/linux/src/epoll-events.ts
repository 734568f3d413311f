/** Events of epoll(7), or-ed in masks. Source: include/uapi/linux/eventpoll.h. */
export const EpollEvents = {
  IN: 0x001,
  PRI: 0x002,
  OUT: 0x004,
  /** Always reported, whether asked for or not. */
  ERR: 0x008,
  /** Always reported, whether asked for or not. */
  HUP: 0x010,
  RDHUP: 0x2000,
  /** Wake only one of the epoll instances that wait for the descriptor. */
  EXCLUSIVE: 1 << 28,
  /** Report once, then be silent until modified. */
  ONESHOT: 1 << 30,
  /** Report changes, not states. */
  ET: 0x80000000,
} as const;
