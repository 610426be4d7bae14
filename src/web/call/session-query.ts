import type { SessionQuery } from '../gql/graphql.js';
import { graphql } from '../gql/index.js';

/** The session of a call after this cursor, with all members that are shown. */
export const SESSION = graphql(`
  query Session($id: ID!, $after: String) {
    callRecord(id: $id) {
      id
      sessions(first: 1, after: $after) {
        nodes {
          sessionId
          modalities
          startDateTime
          endDateTime
          isTest
          failureInfo {
            stage
            reason
          }
          quality {
            class
          }
          caller {
            ...EndOfSession
          }
          callee {
            ...EndOfSession
          }
          segments {
            segmentId
            startDateTime
            endDateTime
            failureInfo {
              stage
              reason
            }
            caller {
              ...EndOfSession
            }
            callee {
              ...EndOfSession
            }
            media {
              label
              kind
              callerDevice {
                ...Device
              }
              calleeDevice {
                ...Device
              }
              callerNetwork {
                ...Network
              }
              calleeNetwork {
                ...Network
              }
              streams {
                streamId
                streamDirection
                quality
                poorReasons
                packetUtilization
                audioCodec
                videoCodec
                averageRoundTripTime
                maxRoundTripTime
                averageJitter
                maxJitter
                averagePacketLossRate
                maxPacketLossRate
                averageVideoFrameLossPercentage
                averageVideoFrameRate
                postForwardErrorCorrectionPacketLossRate
                averageAudioDegradation
                averageRatioOfConcealedSamples
                averageFreezeDuration
                averageBandwidthEstimate
              }
            }
          }
        }
      }
    }
  }
  fragment EndOfSession on Endpoint {
    __typename
    ... on ParticipantEndpoint {
      name
      cpuName
      cpuCoresCount
      feedback {
        rating
        text
      }
      identity {
        kind
        identity {
          id
          displayName
        }
      }
    }
    userAgent {
      headerValue
      applicationVersion
      ... on ClientUserAgent {
        platform
        productFamily
      }
      ... on ServiceUserAgent {
        role
      }
    }
  }
  fragment Device on DeviceInfo {
    captureDeviceName
    renderDeviceName
    captureNotFunctioningEventRatio
    renderNotFunctioningEventRatio
    renderMuteEventRatio
    renderZeroVolumeEventRatio
    deviceClippingEventRatio
    deviceGlitchEventRatio
    lowSpeechLevelEventRatio
    lowSpeechToNoiseEventRatio
    cpuInsufficentEventRatio
    howlingEventCount
  }
  fragment Network on NetworkInfo {
    connectionType
    networkTransportProtocol
    wifiBand
    wifiRadioType
    wifiSignalStrength
    wifiChannel
    subnet
    ipAddress
    reflexiveIPAddress
    linkSpeed
    bandwidthLowEventRatio
    delayEventRatio
    receivedQualityEventRatio
    sentQualityEventRatio
  }
`);

export type Session = NonNullable<NonNullable<SessionQuery['callRecord']>['sessions']>['nodes'][number];
export type Segment = Session['segments'][number];
