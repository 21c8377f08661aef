import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useEffect, useMemo } from 'react';
import { RouterProvider } from 'react-router/dom';
import { isProblem } from '../api/client.ts';
import { useDark, usePreferences, useStill } from './preferences.ts';
import { router } from './router.tsx';
import { SessionProvider } from './session.tsx';
import { styleNonce } from './style-nonce.ts';
import { themeOf } from './theme.ts';

dayjs.locale('zh-cn');

const client = new QueryClient({
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the service has refused it will refuse again; what it could not answer is worth another try.
      retry: (failures, error) => failures < 3 && !(isProblem(error) && error.status >= 400 && error.status < 500),
    },
    mutations: { retry: false },
  },
});

export function App() {
  const dark = useDark();
  const { large } = usePreferences();
  const still = useStill();
  useEffect(() => {
    document.documentElement.dataset.mode = dark ? 'dark' : 'light';
    document.documentElement.dataset.size = large ? 'large' : 'normal';
  }, [dark, large]);
  const theme = useMemo(() => themeOf(dark, large, still), [dark, large, still]);
  return (
    <ConfigProvider locale={zhCN} theme={theme} csp={{ nonce: styleNonce }} button={{ autoInsertSpace: false }}>
      <AntApp component={false}>
        <QueryClientProvider client={client}>
          <SessionProvider>
            <RouterProvider router={router} />
          </SessionProvider>
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
