/**
 * The limits beyond which a measurement makes a stream poor (Microsoft Teams: "Stream classification in Call Quality
 * Dashboard"). Values above the limit are poor; for frames a second, values below it. Audio is judged only with more
 * than `packetsToJudge` packets.
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

/** The rates that Microsoft suggests an organization should stay below over all networks, as shares of 1. */
export const QUALITY_TARGETS = { poorAudio: 0.03, setupFailures: 0.01, drops: 0.03 } as const;
