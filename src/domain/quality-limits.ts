/**
 * Beyond what a measurement makes a stream poor (Microsoft Teams: "Stream classification in Call Quality Dashboard"), and
 * with how many packets audio is judged at all: with more than `packetsToJudge`. All are to be exceeded, or, frames a
 * second, to be fallen short of.
 */
export const QUALITY_LIMITS = {
  packetsToJudge: 500,
  roundTripMs: 500,
  jitterMs: 30,
  packetLossRate: 0.1,
  frameLossPercent: 50,
  framesPerSecond: { VIDEO: 7, SCREEN_SHARING: 2 },
  fecLossRate: 0.15,
} as const;

/** What Microsoft suggests that an organization should stay below over all networks, as shares of 1. */
export const QUALITY_TARGETS = { poorAudio: 0.03, setupFailures: 0.01, drops: 0.03 } as const;
