/**
 * What people here are known to build passwords of, most frequent first: number play, pinyin of everyday words, names,
 * places and the trade, keyboard walks. Attackers try these first; zxcvbn counts a password made of them as a weak one.
 * Own list; written in the lower case that zxcvbn compares in.
 */
export const commonPasswords: readonly string[] = [
  // Numbers that are said aloud
  ...['520', '1314', '521', '5201314', '1314520', '520520', '13145200', '7758521', '7758258', '147258369', '168168'],
  ...['888888', '666666', '168888', '518518', '5211314', '584520', '123321', '112233', '147258', '159357', '987654321'],
  ...['123456', '12345678', '123456789', '1234567890', '0123456789', '111111', '000000', '123123', '321321', '110110'],
  ...['11223344', '88888888', '66666666', '00000000', '11111111', '12341234', '123654', '789456123', '741852963'],
  // Keyboard walks
  ...['qwerty', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '1qaz2wsx', '1qaz@wsx', 'qazwsx', 'qazwsxedc', '1q2w3e4r'],
  ...['q1w2e3r4', 'asd123', 'qwe123', 'zxc123', 'abc123', 'a123456', 'aa123456', 'qq123456', '123qwe', '123abc'],
  ...['!qaz2wsx', '1qazxsw2', 'zaq12wsx', 'asdf1234', 'abcd1234', 'aaa111', 'a1b2c3', 'a1b2c3d4', 'q1w2e3'],
  // English words and their habits
  ...['password', 'passw0rd', 'p@ssw0rd', 'p@ssword', 'admin', 'admin123', 'administrator', 'root', 'toor', 'guest'],
  ...['welcome', 'welcome1', 'changeme', 'letmein', 'iloveyou', 'system', 'manager', 'test', 'test123', 'user'],
  ...['default', 'login', 'secret', 'hello', 'huawei', 'lenovo', 'tencent', 'alibaba', 'baidu', 'wechat', 'weixin'],
  // Love, family, luck
  ...[
    'woaini',
    'woaiwojia',
    'woaizhongguo',
    'woaini1314',
    'woaini520',
    'woaini521',
    'wodemima',
    'wodejia',
    'woshishui',
  ],
  ...['nihao', 'nihaoma', 'xiexie', 'zaijian', 'laogong', 'laopo', 'baobei', 'qinaide', 'baobao', 'mama', 'baba'],
  ...['yeye', 'nainai', 'gege', 'jiejie', 'meimei', 'didi', 'erzi', 'nver', 'haizi', 'pengyou', 'tongxue', 'laoshi'],
  ...['xingfu', 'kuaile', 'pingan', 'jiankang', 'facai', 'gongxifacai', 'wanshiruyi', 'yifanfengshun', 'dajidali'],
  ...['xinniankuaile', 'shengrikuaile', 'ruyi', 'jixiang', 'haoyun', 'jiayou', 'fendou', 'nuli', 'chenggong'],
  ...['mima', 'mimamima', 'mima123', 'wangjimima', 'buzhidao', 'suibian', 'tiancai', 'shagua', 'dashabi', 'caonima'],
  ...['xiaoxin', 'xiaobao', 'xiaoming', 'xiaohong', 'xiaoli', 'xiaowang', 'xiaozhang', 'dabao', 'erbao', 'dahai'],
  // Animals, years, sky and sea
  ...['xiaomao', 'xiaogou', 'xiaozhu', 'laohu', 'long', 'fenghuang', 'xiongmao', 'tuzi', 'niu', 'yang', 'hou'],
  ...['taiyang', 'yueliang', 'xingxing', 'tiankong', 'dahai', 'haiyang', 'lantian', 'baiyun', 'xueshan', 'meigui'],
  // Surnames and given names
  ...['wang', 'zhang', 'liu', 'chen', 'yang', 'huang', 'zhao', 'zhou', 'xu', 'sun', 'ma', 'zhu', 'hu', 'guo', 'lin'],
  ...['he', 'gao', 'liang', 'zheng', 'luo', 'song', 'xie', 'tang', 'han', 'cao', 'deng', 'xiao', 'feng', 'zeng'],
  ...['cheng', 'cai', 'peng', 'pan', 'yuan', 'dong', 'yu', 'su', 'ye', 'lu', 'jiang', 'tian', 'du', 'ding', 'shen'],
  ...['wei', 'jun', 'qiang', 'ming', 'hua', 'ping', 'li', 'fang', 'min', 'jing', 'yan', 'lei', 'tao', 'bin', 'bo'],
  ...['jie', 'hong', 'xin', 'hui', 'ling', 'na', 'xia', 'juan', 'gang', 'yong', 'chao', 'hao', 'yuxuan', 'zihan'],
  ...['zhangwei', 'wangwei', 'liwei', 'liuwei', 'wangfang', 'lina', 'zhangmin', 'lijing', 'wangjing', 'liuyang'],
  ...['wangqiang', 'lijun', 'zhangjie', 'zhangli', 'wangjun', 'liqiang', 'chenjing', 'chenwei', 'wangyan', 'zhanglei'],
  // Places
  ...['zhongguo', 'zhonghua', 'beijing', 'shanghai', 'tianjin', 'chongqing', 'guangzhou', 'shenzhen', 'nanjing'],
  ...['jiangsu', 'zhejiang', 'shandong', 'guangdong', 'fujian', 'anhui', 'hebei', 'henan', 'hubei', 'hunan', 'sichuan'],
  ...['yunnan', 'guizhou', 'guangxi', 'hainan', 'jiangxi', 'shanxi', 'shaanxi', 'gansu', 'qinghai', 'ningxia'],
  ...['xinjiang', 'xizang', 'neimenggu', 'liaoning', 'jilin', 'heilongjiang', 'taiwan', 'xianggang', 'aomen'],
  ...['lianyungang', 'ganyu', 'donghai', 'guanyun', 'guannan', 'haizhou', 'xugou', 'xinpu', 'suzhou', 'wuxi'],
  ...['changzhou', 'zhenjiang', 'yangzhou', 'taizhou', 'nantong', 'yancheng', 'huaian', 'suqian', 'xuzhou', 'hangzhou'],
  ...['ningbo', 'wenzhou', 'qingdao', 'jinan', 'yantai', 'weihai', 'rizhao', 'linyi', 'wuhan', 'changsha', 'chengdu'],
  ...['xian', 'zhengzhou', 'hefei', 'fuzhou', 'xiamen', 'nanchang', 'shenyang', 'dalian', 'haerbin', 'changchun'],
  // The trade
  ...['kejiju', 'kejiting', 'keji', 'kexue', 'jishu', 'kexuejishu', 'gaoxin', 'gaoxinqu', 'chuangxin', 'xuqiu'],
  ...['chengguo', 'qianxian', 'duijie', 'zhuanhua', 'zhishichanquan', 'zhuanli', 'xiangmu', 'hezuo', 'chanxueyan'],
  ...['qiye', 'gongsi', 'youxiangongsi', 'gongchang', 'daxue', 'xueyuan', 'xuexiao', 'yanjiusuo', 'yanjiuyuan'],
  ...['zhengfu', 'shizheng', 'bangongshi', 'juzhang', 'zhuren', 'keyuan', 'gongwuyuan', 'renmin', 'weirenminfuwu'],
  ...['guanliyuan', 'guanli', 'xitong', 'yonghu', 'denglu', 'ceshi', 'shiyong', 'moren', 'linshi', 'chushi'],
];
