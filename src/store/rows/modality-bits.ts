import { Modality } from '../../domain/enums.js';

/** Bits of `call_records.modality_bits`; modalities that this version does not know share the last one. */
const MODALITY_BITS = new Map<string, number>(Object.values(Modality).map((modality, index) => [modality, 1 << index]));

/** The set of modalities as bits. */
export function modalityBits(modalities: readonly string[]): number {
  const unknown = MODALITY_BITS.get(Modality.unknownFutureValue) as number;
  return modalities.reduce((bits, modality) => bits | (MODALITY_BITS.get(modality) ?? unknown), 0);
}
