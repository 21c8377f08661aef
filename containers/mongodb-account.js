// Run once by the image of MongoDB, when its volume is new: the account of the program may read and write its own database,
// and nothing else. On a volume that is older, run the same in mongosh as root.
db.getSiblingDB('qianxian').createUser({
  user: 'qianxian',
  pwd: process.env.QIANXIAN_MONGODB_PASSWORD,
  roles: [{ role: 'readWrite', db: 'qianxian' }],
});
