import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type JsonGeneralName,
  type X509Certificate,
} from '@peculiar/x509';

/** A certificate with its key, both as PEM. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate of the lab says. */
export interface CertificateOptions {
  /** DNS names and IP addresses that it is good for. */
  readonly names: readonly string[];
  /** Days until it expires; negative: it has expired. */
  readonly days?: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** A certificate that has expired was valid before. */
const VALID_SINCE_DAYS = 400;

/** An authority of the lab's own, which nobody trusts who was not told to: it signs the certificates that tests serve. */
export class LabAuthority {
  private constructor(
    private readonly certificate: X509Certificate,
    private readonly keys: CryptoKeyPair,
  ) {}

  static async create(name = 'StreamSwarm lab'): Promise<LabAuthority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        ...validity(365),
        name: `CN=${name}`,
        keys,
        signingAlgorithm: ALGORITHM,
        extensions: [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
      },
      webcrypto as Crypto,
    );
    return new LabAuthority(certificate, keys);
  }

  /** The authority's own certificate, PEM: what those who are to trust it get. */
  get pem(): string {
    return this.certificate.toString('pem');
  }

  /** Makes a certificate, signed by this authority, with its chain. */
  async issue({ names, days = 90 }: CertificateOptions): Promise<MadeCertificate> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create(
      {
        ...validity(days),
        subject: `CN=${names[0] ?? 'nobody'}`,
        issuer: this.certificate.subject,
        publicKey: keys.publicKey,
        signingKey: this.keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [new SubjectAlternativeNameExtension(names.map(generalName)), new BasicConstraintsExtension(false)],
      },
      webcrypto as Crypto,
    );
    return { cert: `${certificate.toString('pem')}\n${this.pem}\n`, key: await privatePem(keys.privateKey) };
  }
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - VALID_SINCE_DAYS * DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
}

function generalName(name: string): JsonGeneralName {
  return /^[\d.]+$|:/.test(name) ? { type: 'ip', value: name } : { type: 'dns', value: name };
}

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privatePem(key: CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
