import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A person or thing in a call. */
export interface Participant {
  id: string;
  identity: Record<string, unknown>;
  /**
   * The entry in `participants_v2`. It is most of a record's text, so it is written once per participant instead of
   * once per record.
   */
  json: string;
}

const FIRST_NAMES =
  'Åsa Øystein Łukasz Zoë Aarav Adaeze Ahmed Aiko Alejandro Amara Anaïs André Anna Astrid Ayşe Beatriz Björn Bogdan Camille Chiara Chloé Daniel Dmitri Eero Elena Emeka Émile Fatima Felix Fiona François Freya Gabriel Grace Gülşen Hannah Haruki Héctor Hiroshi Ibrahim Inés Ingrid Ivana Jakub Jelena João José Jürgen Kateřina Kwame Lars Leila Li Lucía Małgorzata Maria Matteo Mei Mohammed Nadia Niamh Nikos Noor Olga Omar Oskar Paul Priya Rahul Renée Rosa Samuel Seán Siobhán Søren'.split(
    ' ',
  );
const LAST_NAMES =
  "Müller Nguyễn Lindqvist Rybak Calder Menon Abe Achterberg Adeyemi Almeida Andersson Bakker Balogun Bianchi Björk Brown Castaño Chen Cohen Côté Cruz Da-Silva Dąbrowski Díaz Dubois Eriksen Fernández Ferrari Fischer Fjeld García Głowacki Gómez Greene Gupta Hansen Hernández Horváth Ivanova Jensen Jóhannsson Johnson Kaplan Karlsson Khan Kim Kowalska Krüger Lefèvre Li López Mäkinen Martins Mbeki Moreau Nakamura Novák O'Brien Okafor Öztürk Patel Peña Petrov Popović Rossi Sánchez Sato Schäfer Şahin Singh Smith Søndergaard Suzuki Takahashi Tanaka Virtanen Weiß Wójcik Zhang Žižek".split(
    ' ',
  );
const APPLICATIONS = ['Contoso Notetaker', 'Contoso Recorder', 'Fabrikam Helpdesk Bot', 'Polls', 'Live Interpreter'];
const INSTANCES = [
  'Contoso front desk queue',
  'Contoso support queue',
  'Fabrikam auto attendant',
  'Contoso Lyon queue',
];

const ENDPOINT_TYPES = ['voicemail', 'skypeForBusiness', 'skypeForBusinessVoipPhone'];

const USERS = 5000;
const CONTOSO = { domain: 'contoso.com', tenantId: 'c193e5f6-a77e-482c-908f-168ada6063bc' };
const FABRIKAM = { domain: 'fabrikam.com', tenantId: '2f07a7fa-1219-4ca7-85ba-1caccd0d4857' };
const OTHER_TENANTS = ['8a3f0b64-6a0c-4f0e-9d3e-2b1f6f1f7c11', 'd5b1c7de-04f7-4d6b-b6f0-97a2c9a0e2f4'];
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Letters that no Unicode decomposition turns into a Latin letter without marks. */
const LETTERS: Record<string, string> = { ø: 'o', ł: 'l', ß: 'ss', ı: 'i' };

/** Random values that depend only on the seed and on the number of draws before. */
export class Random {
  private readonly generator;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
    // Seeds that differ in one bit give similar numbers at first.
    for (let skipped = 0; skipped < 64; skipped++) this.generator.next();
  }

  /** From 0 up to, but not including, 1. */
  unit(): number {
    return (this.generator.next() >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Log-normal: half of the values are below the median, and a few are many times above it. */
  logNormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
    return median * Math.exp(sigma * normal);
  }

  /** Random bytes as lower-case hex digits; `bytes` is a multiple of four. */
  hex(bytes: number): string {
    let digits = '';
    for (let done = 0; done < bytes; done += 4) {
      const word = this.generator.next();
      digits += HEX[word >>> 24]! + HEX[(word >>> 16) & 255]! + HEX[(word >>> 8) & 255]! + HEX[word & 255]!;
    }
    return digits;
  }

  /** A GUID of version 4. */
  guid(): string {
    const digits = this.hex(16);
    const variant = '89ab'[parseInt(digits[16] as string, 16) & 3];
    const middle = `${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}`;
    return `${digits.slice(0, 8)}-${middle}-${digits.slice(20)}`;
  }
}

/** Everybody and everything that can be in a call: a company's users, some of them in many calls, and strangers. */
export class People {
  private readonly users: Participant[];
  private readonly federated: Participant[];
  private readonly applications: Participant[];
  private readonly instances: Participant[];
  private readonly rooms: Participant[];
  /** The kinds beside `user`, each with its share of participants. */
  private readonly rareKinds: readonly (readonly [share: number, () => Participant])[];

  constructor(private readonly random: Random) {
    this.users = Array.from({ length: USERS }, (_, index) => user(random.guid(), index));
    this.federated = Array.from({ length: 300 }, () => federatedUser(random));
    this.applications = APPLICATIONS.map((displayName) =>
      entry('application', 'Application', random.guid(), { displayName, applicationType: null, hidden: true }),
    );
    this.instances = INSTANCES.map((displayName) =>
      entry('applicationInstance', 'ApplicationInstance', random.guid(), {
        displayName,
        tenantId: CONTOSO.tenantId,
        hidden: false,
      }),
    );
    this.rooms = Array.from({ length: 40 }, (_, room) =>
      entry('device', null, random.guid(), {
        displayName: `Room ${1 + Math.floor(room / 10)}.${10 + (room % 10)} panel`,
      }),
    );
    this.rareKinds = this.listRareKinds();
  }

  /** A user of the company. The first users are in many more calls than the last. */
  user(): Participant {
    return this.users[Math.floor(USERS * this.random.unit() ** 2.2)] as Participant;
  }

  /** Usually a user, sometimes another kind; now and then with the endpoint's type. */
  anyone(): Participant {
    const participant = this.ofAnyKind();
    if (!this.random.chance(0.05)) return participant;
    const endpointType = this.random.chance(0.8) ? 'default' : this.random.pick(ENDPOINT_TYPES);
    return participantOf(participant.id, { ...participant.identity, endpointType });
  }

  /** A call queue or auto attendant, which can organize a call. */
  instance(): Participant {
    return this.random.pick(this.instances);
  }

  /** A telephone, some with a masked number. */
  phone(): Participant {
    const ending = this.random.chance(0.3) ? '****' : String(this.random.below(10_000)).padStart(4, '0');
    return entry('phone', 'Phone', `+1425555${ending}`, { displayName: null, tenantId: null });
  }

  private ofAnyKind(): Participant {
    let draw = this.random.unit();
    for (const [share, create] of this.rareKinds) {
      if (draw < share) return create();
      draw -= share;
    }
    return this.user();
  }

  private listRareKinds(): readonly (readonly [share: number, () => Participant])[] {
    const { random } = this;
    return [
      [0.04, () => random.pick(this.federated)],
      [0.025, () => guest(random)],
      [0.02, () => this.phone()],
      [0.008, () => random.pick(this.applications)],
      [0.008, () => random.pick(this.rooms)],
      [0.004, () => this.instance()],
      [0.004, () => communicationServicesUser(random)],
      [0.003, () => this.phoneOfUser()],
      [0.003, () => entry('onPremises', 'User', random.guid(), { displayName: null, tenantId: CONTOSO.tenantId })],
      [0.002, () => entry('encrypted', 'Encrypted', random.guid(), { displayName: null })],
    ];
  }

  /** A telephone that Graph shows as a user. */
  private phoneOfUser(): Participant {
    const phone = this.phone();
    return participantOf(phone.id, { ...phone.identity, assertedIdentity: this.user().identity.user });
  }
}

function participantOf(id: string, identity: Record<string, unknown>): Participant {
  return { id, identity, json: JSON.stringify({ id, identity, administrativeUnitInfos: [] }) };
}

function entry(member: string, type: string | null, id: string, properties: Record<string, unknown>): Participant {
  const annotation = type === null ? {} : { '@odata.type': `#microsoft.graph.communications${type}Identity` };
  return participantOf(id, { [member]: { ...annotation, id, ...properties } });
}

function user(id: string, index: number): Participant {
  const round = Math.floor(index / FIRST_NAMES.length);
  const first = FIRST_NAMES[index % FIRST_NAMES.length] as string;
  // Each first name goes through the last names from its own place, so that no two users have the same name.
  const last = LAST_NAMES[((index % FIRST_NAMES.length) * 7 + round) % LAST_NAMES.length] as string;
  const { domain, tenantId } = index % 6 === 5 ? FABRIKAM : CONTOSO;
  const userPrincipalName = `${toAscii(first)}.${toAscii(last)}@${domain}`;
  return entry('user', 'User', id, { displayName: `${first} ${last}`, tenantId, userPrincipalName });
}

function toAscii(name: string): string {
  const letters = name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[øłßı]/g, (letter) => LETTERS[letter] as string);
  return letters.replaceAll(/[^a-z-]/g, '');
}

function federatedUser(random: Random): Participant {
  return entry('user', 'User', random.guid(), { displayName: null, tenantId: random.pick(OTHER_TENANTS) });
}

/** A person without an account. Graph sends most of them as guests, and some as users. */
function guest(random: Random): Participant {
  const id = `teamsvisitor:${random.hex(16)}`;
  if (random.chance(0.2)) return entry('user', null, id, { displayName: null, tenantId: null });
  const displayName = random.chance(0.6) ? `${random.pick(FIRST_NAMES)} (Guest)` : null;
  return entry('guest', 'Guest', id, { displayName });
}

function communicationServicesUser(random: Random): Participant {
  const azureCommunicationServicesResourceId = random.guid();
  const id = `8:acs:${azureCommunicationServicesResourceId}_${random.guid()}`;
  const identity = {
    '@odata.type': '#microsoft.graph.azureCommunicationServicesUserIdentity',
    id,
    displayName: null,
    azureCommunicationServicesResourceId,
  };
  return participantOf(id, { azureCommunicationServicesUser: identity });
}
