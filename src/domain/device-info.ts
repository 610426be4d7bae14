import 'reflect-metadata';
import { Directive, Float, Int, ObjectType } from 'type-graphql';
import { Member, PersonalText, Share, WITH_THE_SESSION } from './graph-field.js';

const LEVEL = 'A level in decibels, negative; null: not measured.';
const GLITCHES = 'Glitches in 5 minutes; null: not measured.';

/** Graph's deviceInfo. */
@ObjectType('DeviceInfo', {
  description: 'The microphone and the speaker of one side, and what was wrong with them (Graph: deviceInfo).',
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class DeviceInfo {
  @PersonalText('The name of the capture device, such as a microphone or a camera.')
  captureDeviceName?: string | null;

  @PersonalText('The driver of the capture device.')
  captureDeviceDriver?: string | null;

  @PersonalText('The name of the render device, such as a speaker or a screen.')
  renderDeviceName?: string | null;

  @PersonalText('The driver of the render device.')
  renderDeviceDriver?: string | null;

  @Share('The capture device did not work.')
  captureNotFunctioningEventRatio?: number | null;

  @Share('The render device did not work.')
  renderNotFunctioningEventRatio?: number | null;

  @Share('The render device was muted.')
  renderMuteEventRatio?: number | null;

  @Share('The volume of the render device was zero.')
  renderZeroVolumeEventRatio?: number | null;

  @Share('The captured sound was clipped.')
  deviceClippingEventRatio?: number | null;

  @Share('The sound had glitches or gaps.')
  deviceGlitchEventRatio?: number | null;

  @Share('Speech was too quiet.')
  lowSpeechLevelEventRatio?: number | null;

  @Share('Speech was too quiet beside the noise.')
  lowSpeechToNoiseEventRatio?: number | null;

  @Share('The computer was too slow to process the media (the name is as Graph spells it).')
  cpuInsufficentEventRatio?: number | null;

  @Member(() => Float, `How often captured sound broke. ${GLITCHES}`)
  micGlitchRate?: number | null;

  @Member(() => Float, `How often rendered sound broke. ${GLITCHES}`)
  speakerGlitchRate?: number | null;

  @Member(() => Int, 'How often howling or an echo was noticed, from 0; null: not measured.')
  howlingEventCount?: number | null;

  @Member(() => Float, 'The root mean square of the incoming signal in the first 30 seconds; null: not measured.')
  initialSignalLevelRootMeanSquare?: number | null;

  @Member(() => Int, `The signal that was sent. ${LEVEL}`)
  sentSignalLevel?: number | null;

  @Member(() => Int, `The signal that was received. ${LEVEL}`)
  receivedSignalLevel?: number | null;

  @Member(() => Int, `The noise that was sent. ${LEVEL}`)
  sentNoiseLevel?: number | null;

  @Member(() => Int, `The noise that was received. ${LEVEL}`)
  receivedNoiseLevel?: number | null;
}
