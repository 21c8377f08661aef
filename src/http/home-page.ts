/** What somebody sees who opens the address of a service whose pages are not built. */
export const homePage = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>牵线 · 科技供需对接</title>
</head>
<body>
<main>
<h1>牵线</h1>
<p>科技局的供需对接服务：企业发布技术需求，高校和院所发布科技成果，每周自动配对、说明理由，由科技局工作人员审核。</p>
<ul>
<li><a href="/api/docs">接口说明</a>：登录、录入、检索、审核的全部接口，可在页面上试用</li>
<li><a href="/api/v1/openapi.json">openapi.json</a>：给程序读的接口说明</li>
<li><a href="/readyz">运行状态</a></li>
</ul>
<p>网页还没有生成：请用 <code>npm start</code> 启动，它会先生成网页。</p>
<p>命令行：<code>npx qianxian --help</code></p>
</main>
</body>
</html>
`;
