-- purpose:   counts the living archives whose only good copy lies in the store of setting holdfast.store_id
-- runs as:   the control database's owner, in the transaction that removes the store
-- locks:     the copies it reads, shared by snapshot only
-- versions:  PostgreSQL 14 and later
-- undone by: changes nothing
select count(*) as archives
from public.backups b
where b.kind = 'archive'
  and b.origin = 'holdfast'
  and b.status in ('good', 'suspicious', 'expiring')
  and not exists (
    select from public.backup_copies c
    join public.archive_stores s on s.id = c.store_id and s.removed_at is null
    where c.backup_id = b.id and c.status = 'good' and c.store_id <> current_setting('holdfast.store_id')::uuid
  )
  and (
    exists (
      select from public.backup_copies c
      where c.backup_id = b.id and c.status in ('good', 'damaged', 'missing')
        and c.store_id = current_setting('holdfast.store_id')::uuid
    )
    -- From before there were copies: those lie in the default store.
    or (
      not exists (select from public.backup_copies c where c.backup_id = b.id)
      and exists (
        select from public.archive_stores s
        where s.id = current_setting('holdfast.store_id')::uuid and s.name = 'local'
      )
    )
  )
