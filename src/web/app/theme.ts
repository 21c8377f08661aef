import { type ThemeConfig, theme } from 'antd';

/**
 * The library's theme with colours whose contrast is at least 4.5 to 1 (WCAG 2.2 AA) in both modes, and 大字模式 as a larger base
 * size; `still` where the system asks for less motion. The pages' own styles (`app.css`) name the same colours as custom properties.
 */
export function themeOf(dark: boolean, large: boolean, still: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      motion: !still,
      fontSize: large ? 18 : 14,
      controlHeight: large ? 40 : 32,
      borderRadius: 6,
      fontFamily:
        '-apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif',
      ...(dark
        ? {
            colorPrimary: '#2f7fd6',
            colorLink: '#7cb8ff',
            colorLinkHover: '#a6cfff',
            colorLinkActive: '#7cb8ff',
            colorBgLayout: '#101418',
            colorBgContainer: '#181d23',
            colorBgElevated: '#1f252c',
            colorTextSecondary: 'rgba(255,255,255,0.75)',
            colorTextTertiary: 'rgba(255,255,255,0.65)',
            colorTextQuaternary: 'rgba(255,255,255,0.6)',
            colorTextPlaceholder: 'rgba(255,255,255,0.6)',
            colorTextDescription: 'rgba(255,255,255,0.7)',
            colorError: '#ff7875',
            colorErrorText: '#ff9c99',
          }
        : {
            colorPrimary: '#0b5cad',
            colorLink: '#0b5cad',
            colorLinkHover: '#084a8c',
            colorLinkActive: '#063a6e',
            colorBgLayout: '#f4f6f9',
            colorTextSecondary: 'rgba(0,0,0,0.72)',
            colorTextTertiary: 'rgba(0,0,0,0.65)',
            colorTextQuaternary: 'rgba(0,0,0,0.62)',
            colorTextPlaceholder: 'rgba(0,0,0,0.6)',
            colorTextDescription: 'rgba(0,0,0,0.66)',
            colorError: '#c4281f',
            // White words stand on it while the pointer is over a button: darker, not lighter.
            colorErrorHover: '#a31f17',
            colorSuccess: '#1f7a2e',
            colorWarning: '#a35b00',
            colorWarningBg: '#fff7e6',
            colorWarningBorder: '#f0c078',
            colorErrorBg: '#fdeeec',
            colorErrorBorder: '#e9a19b',
            colorSuccessBg: '#eef8ef',
            colorSuccessBorder: '#9fcfa6',
          }),
    },
    components: {
      Segmented: { trackBg: dark ? '#262d35' : '#e3e8ee' },
      Button: {
        primaryShadow: 'none',
        defaultShadow: 'none',
        dangerShadow: 'none',
        // The red of the dark mode is too light for white words.
        dangerColor: dark ? '#2a0b0a' : '#ffffff',
        // The library's own would be lighter than white words can stand on.
        colorPrimaryHover: dark ? '#1f66b3' : '#084a8c',
        defaultHoverColor: dark ? '#7cb8ff' : '#084a8c',
        defaultHoverBorderColor: dark ? '#7cb8ff' : '#084a8c',
      },
    },
  };
}
