/**
 * Why something is fetched, the most urgent first: a reader waits for it; a reader will want it soon (read-ahead,
 * prefetch); nobody asks for it, but one day somebody may (background fetch).
 */
export type FetchPriority = 'demand' | 'ahead' | 'background';
