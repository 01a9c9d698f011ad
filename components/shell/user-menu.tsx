'use client'

import { Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { useTheme } from 'next-themes'
import { UserMenuButton } from '#components/shell/menu-buttons.tsx'
import { useShell } from '#components/shell/shell-context.tsx'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuLine } from '#components/ui/menu.tsx'

const roleWords = {
  viewer: 'Viewer: reads everything, acts on nothing',
  admin: 'Admin: configures, protects, acts',
  commander: 'Incident commander: restores, recovers, approves',
}

/** Who is signed in and as what; the theme; the way out. */
export function UserMenu({ onShortcuts, onSignOut }: { onShortcuts(): void; onSignOut(): void }) {
  const { user } = useShell()
  const { theme, setTheme } = useTheme()
  return (
    <Menu align="end" trigger={<UserMenuButton />}>
      <div className="px-2 py-1.5">
        <div className="font-medium">{user.name}</div>
        {user.name === user.email ? null : <div className="text-xs text-ink-soft">{user.email}</div>}
        <div className="mt-1 text-xs text-ink-faint">{roleWords[user.role]}</div>
      </div>
      <MenuLine />
      <MenuLabel>Theme</MenuLabel>
      <MenuChoice
        value={theme ?? 'system'}
        onChange={setTheme}
        choices={[
          {
            value: 'light',
            label: (
              <>
                <Sun aria-hidden /> Light
              </>
            ),
          },
          {
            value: 'dark',
            label: (
              <>
                <Moon aria-hidden /> Dark
              </>
            ),
          },
          {
            value: 'system',
            label: (
              <>
                <Monitor aria-hidden /> As the system
              </>
            ),
          },
        ]}
      />
      <MenuLine />
      <MenuItem onSelect={onShortcuts} className="max-lg:hidden">
        <Keyboard aria-hidden /> Keyboard shortcuts <kbd className="ml-auto text-xs text-ink-faint">?</kbd>
      </MenuItem>
      <MenuItem onSelect={onSignOut}>
        <LogOut aria-hidden /> Sign out
      </MenuItem>
    </Menu>
  )
}
