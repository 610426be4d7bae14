import fc from 'fast-check';
import { foldName } from '../../src/domain/identity.js';

describe('foldName', () => {
  const expectOneForm = (name: string) => {
    const forms = [
      name.toUpperCase(),
      name.toLowerCase(),
      name.normalize('NFD'),
      name.normalize('NFC'),
      foldName(name),
    ];
    for (const form of forms) {
      if (form !== name && foldName(form) !== foldName(name)) throw new Error(JSON.stringify([name, form]));
    }
  };

  test('gives every character of Unicode one form, whatever its case and composition', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code < 0xd800 || code > 0xdfff) expectOneForm(String.fromCodePoint(code));
    }
  });

  test('gives every text one form, whatever its case and composition', () => {
    const special = fc.constantFrom(...'ßẞsSſıİiIςσΣΐΰŉǰᾳΐﬃ\u0301\u0307\u0345 ');
    const unit = fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    // Upper case makes a letter of the mark U+0345, so its place among other marks has to be settled before.
    const name = fc.string({ unit }).map((text) => text.normalize('NFC'));
    fc.assert(fc.property(name, expectOneForm));
  });

  test.each([
    ['STRAẞE', 'strasse'],
    ['Straße', 'strasse'],
    ['ΣΟΦΌΣ', 'σοφοσ'],
    ['A\u030Asa', 'asa'],
    ['Müller', 'muller'],
    ['MU\u0308LLER', 'muller'],
    ['Søren Ærø', 'soren aero'],
    ['Łukasz Đorđe', 'lukasz dorde'],
    ['Nguyễn', 'nguyen'],
    ['Þóra Ŋ', 'thora n'],
    ['IŞIK ışık', 'isik isik'],
    ['Ａｎｎａ ﬃ', 'anna ffi'],
    ['Ёлка', 'елка'],
    ['हिन्दी', 'हिन्दी'],
    ['김민준', '김민준'],
    ['ADA.Müller@Contoso.EXAMPLE', 'ada.muller@contoso.example'],
  ])('%s is %s', (name, folded) => expect(foldName(name)).toBe(folded));
});
