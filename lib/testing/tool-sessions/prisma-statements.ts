/**
 * What Prisma's schema engine sends, in its own spelling: the two ways in which `migrate reset` empties a database, and
 * `db push --accept-data-loss` after a model lost a table, a column and an enum's value.
 */
export const prismaStatements: readonly string[] = [
  // migrate reset
  'DROP SCHEMA "public" CASCADE',
  // migrate reset where the schema itself may not be dropped
  'ALTER TABLE "public"."Member" DROP CONSTRAINT "Member_teamId_fkey"; DROP TABLE "public"."Member"',
  'DROP TABLE "public"."Member" CASCADE',
  'DROP TABLE "public"."Team" CASCADE',
  'DROP TYPE "public"."Role" CASCADE',
  // What people write to reset tests' data
  'TRUNCATE TABLE "public"."Member", "public"."Team" RESTART IDENTITY CASCADE',
  'TRUNCATE "Team" CASCADE',
  'DELETE FROM "public"."Member"',
  'DELETE FROM "public"."Team" WHERE 1=1',
  // db push --accept-data-loss
  '-- AlterTable\nALTER TABLE "Member" DROP COLUMN "note"',
  '-- AlterTable\nALTER TABLE "Member" DROP COLUMN "name",\nADD COLUMN     "name" INTEGER',
  `-- AlterEnum
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('OWNER');
ALTER TABLE "Member" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
COMMIT`,
  '-- DropTable\nDROP TABLE "Member"',
]
