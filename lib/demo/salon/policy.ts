import type { PolicyInput } from '#lib/targets/policy.ts'

/** What the chain's admins would write: which tables matter, who counts as a member, what normal looks like. */
export const salonPolicy: PolicyInput = {
  timeZone: 'Europe/Amsterdam',
  objectives: { exposureMinutes: 360, recoveryMinutes: 15, proofHours: 48 },
  protectedTables: [
    {
      table: 'auth.users',
      budget: { statementRows: 3, transactionRows: 5, windowRows: 20 },
      journal: 'overwritten',
      updates: { columns: ['deleted_at', 'email'] },
    },
    { table: 'public.core_organizations', budget: { statementRows: 1, transactionRows: 1, windowRows: 2 } },
    {
      table: 'public.core_relationships',
      budget: { windowRows: 150 },
      journal: 'overwritten',
      updates: {
        columns: ['is_active', 'expiration_date', 'organization_id', 'from_entity_id', 'relationship_type'],
        budget: { statementRows: 10, transactionRows: 20, windowRows: 100 },
      },
    },
    {
      table: 'public.core_dynamic_data',
      budget: { windowRows: 300 },
      journal: 'overwritten',
      updates: { columns: ['field_value_text', 'entity_id', 'field_name'] },
    },
    { table: 'public.core_entities' },
    { table: 'public.staff', budget: { statementRows: 5, transactionRows: 5, windowRows: 20 } },
    { table: 'public.services' },
    { table: 'public.customers' },
    { table: 'public.appointments', budget: { statementRows: 50, transactionRows: 100, windowRows: 500 } },
    { table: 'public.invoices', budget: { statementRows: 0, transactionRows: 0, windowRows: 0 } },
    { table: 'public.invoice_lines' },
  ],
  memberships: [
    {
      name: 'salon-members',
      // The demo shows what is left to do after a loss: with this rule its disaster would not get past the first small bite.
      orphaning: 'off',
      users: { table: 'auth.users', key: 'id', label: 'email', living: { deleted_at: null } },
      organizations: {
        table: 'public.core_organizations',
        key: 'id',
        label: 'organization_name',
        living: { status: 'active' },
      },
      members: {
        table: 'public.core_relationships',
        user: 'from_entity_id',
        organization: 'organization_id',
        where: { relationship_type: 'USER_MEMBER_OF_ORG' },
        active: { is_active: true },
        startsAt: 'effective_date',
        expiresAt: 'expiration_date',
      },
      roles: {
        table: 'public.core_dynamic_data',
        user: 'entity_id',
        organization: 'organization_id',
        where: { field_name: 'role' },
        value: 'field_value_text',
      },
    },
  ],
  rowCounts: [
    { table: 'auth.users', minimumRows: 100, dropPercent: 1 },
    { table: 'public.core_organizations', minimumRows: 12, dropPercent: 0 },
    { table: 'public.core_relationships', minimumRows: 1000, dropPercent: 3 },
    { table: 'public.core_dynamic_data', minimumRows: 500, dropPercent: 3 },
    { table: 'public.customers', minimumRows: 1000, dropPercent: 2 },
    { table: 'public.appointments', minimumRows: 1000, dropPercent: 5 },
    { table: 'public.invoices', minimumRows: 1000, dropPercent: 0 },
  ],
  references: [
    {
      table: 'public.core_relationships',
      columns: ['organization_id'],
      references: 'public.core_organizations',
      referencedColumns: ['id'],
    },
    {
      table: 'public.core_relationships',
      columns: ['from_entity_id'],
      references: 'auth.users',
      referencedColumns: ['id'],
      where: { relationship_type: 'USER_MEMBER_OF_ORG' },
    },
    {
      table: 'public.core_dynamic_data',
      columns: ['organization_id'],
      references: 'public.core_organizations',
      referencedColumns: ['id'],
    },
  ],
  codePatterns: [
    {
      name: 'relationship-codes',
      table: 'public.core_relationships',
      column: 'smart_code',
      patterns: {
        accounting: 'HERA\\.ACCOUNTING\\.[A-Z]+(\\.[A-Z]+)*\\.v2',
        universal: 'HERA\\.UNIVERSAL\\.[A-Z]+(\\.[A-Z]+)*\\.V1',
        business: 'HERA\\.[A-Z]+(\\.[A-Z]+)*\\.v1',
      },
    },
    {
      name: 'invoice-codes',
      table: 'public.invoices',
      column: 'smart_code',
      patterns: { accounting: 'HERA\\.ACCOUNTING\\.[A-Z]+(\\.[A-Z]+)*\\.v2' },
    },
  ],
  probes: [
    {
      name: 'sign-in',
      category: 'authentication',
      sql: `select u.id, u.email, r.organization_id, d.field_value_text as role
from auth.users u
join public.core_relationships r on r.from_entity_id = u.id::text and r.relationship_type = 'USER_MEMBER_OF_ORG' and r.is_active
left join public.core_dynamic_data d on d.organization_id = r.organization_id and d.entity_id = r.from_entity_id and d.field_name = 'role'
where u.email = (select max(email) from auth.users)`,
    },
    {
      name: 'member-list',
      category: 'authentication',
      sql: `select o.organization_name, count(*) as members
from public.core_organizations o
join public.core_relationships r on r.organization_id = o.id and r.relationship_type = 'USER_MEMBER_OF_ORG' and r.is_active
group by o.id order by members desc`,
    },
    {
      name: 'day-calendar',
      category: 'calendar',
      maximumMs: 250,
      sql: `select a.starts_at, a.ends_at, a.status, c.full_name, s.display_name, v.name
from public.appointments a
join public.customers c on c.id = a.customer_id
join public.staff s on s.id = a.staff_id
join public.services v on v.id = a.service_id
where a.starts_at >= date_trunc('day', now()) and a.starts_at < date_trunc('day', now()) + interval '1 day'
order by a.starts_at`,
    },
    {
      name: 'customer-search',
      category: 'calendar',
      sql: `select id, full_name, phone from public.customers where full_name ilike '%an%' order by full_name limit 50`,
    },
    {
      name: 'month-revenue',
      category: 'reports',
      maximumMs: 500,
      sql: `select i.organization_id, date_trunc('month', i.issued_at) as month, sum(l.amount) as revenue
from public.invoices i join public.invoice_lines l on l.invoice_id = i.id
where i.status = 'paid' group by 1, 2 order by 1, 2`,
    },
    {
      name: 'stylist-utilisation',
      category: 'reports',
      maximumMs: 500,
      sql: `select s.display_name, count(*) filter (where a.status = 'completed') as done,
  count(*) filter (where a.status = 'no-show') as missed, sum(a.ends_at - a.starts_at) as booked
from public.staff s left join public.appointments a on a.staff_id = s.id
group by s.id order by done desc`,
    },
  ],
  schedules: {
    health: '* * * * *',
    snapshot: '0 */6 * * *',
    archive: '15 2 * * *',
    drill: '45 3 * * *',
    performance: '*/10 * * * *',
  },
  retention: { snapshotDays: 3, archiveDays: 30 },
}
