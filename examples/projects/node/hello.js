// crc32 is native code: npm installs the build of the platform that it runs on.
import { crc32 } from '@node-rs/crc32';

const machine = process.arch === 'x64' ? 'amd64' : process.arch;
if (crc32('123456789') !== 0xcbf43926) throw new Error('the native module counts wrong');
console.log(`hello from ${machine}`);
