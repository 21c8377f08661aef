import { expect } from 'chai';
import { createVault } from '../../src/engines/embedded/vault.ts';

describe('the vault', () => {
  const vault = createVault('a-secret-of-the-tests-0123456789-abcdef');
  const other = createVault('another-secret-of-the-tests-0123456789');
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  it('signs the same for the same secret, purpose and parts, and for nothing else', () => {
    const signed = hex(vault.sign('link', 'a', 'bc'));
    expect(signed.length).to.equal(64);
    expect(hex(createVault('a-secret-of-the-tests-0123456789-abcdef').sign('link', 'a', 'bc'))).to.equal(signed);
    const others = [
      vault.sign('link', 'ab', 'c'),
      vault.sign('link', 'abc'),
      vault.sign('anchor', 'a', 'bc'),
      other.sign('link', 'a', 'bc'),
    ].map(hex);
    expect(new Set([signed, ...others]).size).to.equal(5);
    expect(vault.keyId)
      .to.match(/^[0-9a-f]{8}$/)
      .and.not.equal(other.keyId);
  });

  it('opens what it sealed, for what it was sealed, and nothing that was touched', () => {
    const sealed = vault.seal('totp', 'user-1', '密钥 JBSWY3DPEHPK3PXP');
    expect(sealed).to.not.include('JBSWY3DP');
    expect(vault.seal('totp', 'user-1', '密钥 JBSWY3DPEHPK3PXP')).to.not.equal(sealed);
    expect(vault.open('totp', 'user-1', sealed)).to.equal('密钥 JBSWY3DPEHPK3PXP');
    expect(vault.open('totp', 'user-2', sealed)).to.equal(undefined);
    expect(vault.open('other', 'user-1', sealed)).to.equal(undefined);
    expect(other.open('totp', 'user-1', sealed)).to.equal(undefined);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[bytes.length - 1]! ^= 1;
    expect(vault.open('totp', 'user-1', bytes.toString('base64'))).to.equal(undefined);
    expect(vault.open('totp', 'user-1', '')).to.equal(undefined);
  });
});
