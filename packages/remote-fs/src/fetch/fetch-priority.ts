/**
 * Why something is fetched, the most urgent first: a reader waits for it ('demand'); whoever built the image, or an
 * earlier start of it, says that a reader will want it ('planned'); a file that was read names it ('hinted'); it is
 * guessed from what was read ('ahead'); nobody asks for it, but one day somebody may ('background').
 */
export type FetchPriority = 'demand' | 'planned' | 'hinted' | 'ahead' | 'background';
