import 'reflect-metadata';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { assumedSize, Measured, Member, PersonalText, Share, Text, WITH_THE_SESSION } from './graph-field.js';
import { GraphQLInt64 } from './int64.js';
import { NetworkConnectionType, NetworkTransportProtocol, WifiBand, WifiRadioType } from './session-enums.js';

/** Graph's traceRouteHop. */
@ObjectType('TraceRouteHop', {
  description: 'A hop on the way through a network (Graph: traceRouteHop).',
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class TraceRouteHop {
  @Member(() => Int, 'How many hops away it is; null: not told.')
  hopCount?: number | null;

  @PersonalText('The address of the hop; null: not told.')
  ipAddress?: string | null;

  @Measured('The time to the hop and back.')
  roundTripTime?: string | null;
}

/** Graph's networkInfo. */
@ObjectType('NetworkInfo', {
  description: 'The network of one side (Graph: networkInfo). Addresses may be missing or masked for privacy.',
  simpleResolvers: true,
})
@Directive('@shareable')
@Directive(WITH_THE_SESSION)
export class NetworkInfo {
  @Member(() => NetworkConnectionType, 'How the endpoint was connected; null: not told.')
  connectionType?: NetworkConnectionType | null;

  @Member(() => NetworkTransportProtocol, 'The protocol that carried the media; null: not told.')
  networkTransportProtocol?: NetworkTransportProtocol | null;

  @Member(() => WifiBand, 'The band of the Wi-Fi; null: not told.')
  wifiBand?: WifiBand | null;

  @Member(() => WifiRadioType, 'The standard of the Wi-Fi; null: not told.')
  wifiRadioType?: WifiRadioType | null;

  @PersonalText('The address of the endpoint in its network; null: not told.')
  ipAddress?: string | null;

  @PersonalText('The subnet of the endpoint; null: not told.')
  subnet?: string | null;

  @PersonalText('The public address that the relay saw; null: not told.')
  reflexiveIPAddress?: string | null;

  @PersonalText('The address of the relay that the endpoint allocated; null: none, or not told.')
  relayIPAddress?: string | null;

  @Member(() => Int, 'The port of the endpoint, 0 to 65,535; null: not told.')
  port?: number | null;

  @Member(() => Int, 'The port of the relay, 0 to 65,535; null: none, or not told.')
  relayPort?: number | null;

  @Member(() => GraphQLInt64, 'The speed of the link in bits a second; null: not told.')
  linkSpeed?: bigint | null;

  @PersonalText('The DNS suffix of the network adapter; null: none, or not told.')
  dnsSuffix?: string | null;

  @PersonalText('The hardware address, 02:00:00:00:00:00 where it is withheld; null: not told.')
  macAddress?: string | null;

  @PersonalText('The hardware address of the Wi-Fi access point; null: not told.')
  basicServiceSetIdentifier?: string | null;

  @Member(() => Int, 'The strength of the Wi-Fi signal in percent, 0 to 100; null: not measured.')
  wifiSignalStrength?: number | null;

  @Member(() => Int, 'The charge of the battery in percent, 0 to 100; null: not told.')
  wifiBatteryCharge?: number | null;

  @Member(() => Int, 'The channel of the Wi-Fi; null: not told.')
  wifiChannel?: number | null;

  @Text("The Wi-Fi driver of the adapter's maker, in the language of the computer; null: not told.")
  wifiVendorDriver?: string | null;

  @Text("The version of the maker's Wi-Fi driver; null: not told.")
  wifiVendorDriverVersion?: string | null;

  @Text('The Wi-Fi driver of Microsoft, in the language of the computer; null: not told.')
  wifiMicrosoftDriver?: string | null;

  @Text("The version of Microsoft's Wi-Fi driver; null: not told.")
  wifiMicrosoftDriverVersion?: string | null;

  @Share('The bandwidth was too low.')
  bandwidthLowEventRatio?: number | null;

  @Share('The delay impaired a conversation.')
  delayEventRatio?: number | null;

  @Share('The network impaired what was received.')
  receivedQualityEventRatio?: number | null;

  @Share('The network impaired what was sent.')
  sentQualityEventRatio?: number | null;

  @Field(() => [TraceRouteHop], {
    description: 'The way through the network; empty unless Microsoft support has enabled it.',
  })
  @Directive(assumedSize(1))
  traceRouteHops!: TraceRouteHop[];
}
