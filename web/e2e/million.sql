-- Makes of a demonstration's accounts so many that a list has a million of them, each with a name of its own:
--   sqlite3 data/customers.db < web/e2e/million.sql
-- They are found by their names only, and nothing tells how they came to be: it is lists that this is for.
PRAGMA journal_mode = off;
PRAGMA synchronous = off;
PRAGMA cache_size = -1000000;
BEGIN;
CREATE TEMP TABLE models AS SELECT row_number() OVER (ORDER BY id) - 1 AS number, * FROM accounts WHERE delete_time IS NULL;
CREATE UNIQUE INDEX temp.models_number ON models (number);
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000 - (SELECT count(*) FROM models))
INSERT INTO accounts
SELECT
    -- Ids stay in the order of creation: a model's time and the number in digits that are no zero.
    CAST(substr(id, 1, 6) || CAST(char(112 + n / 1000000, 1 + n / 10000 % 100, 1 + n / 100 % 100, 1 + n % 100) AS BLOB) || substr(id, 11) AS BLOB),
    organization_id, 1, create_time,
    strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', update_time, '-' || n || ' seconds'),
    owner_id, department_id, NULL, name || ' ' || n, website, industry, type, grade, credit_status, source, phones, emails,
    billing_address, shipping_address, employees + n % 100, annual_revenue + n * 100, currency, parent_account_id, tags,
    NULL, NULL, description, 'a' || n || ' a' || replace(name, ' ', ' a')
FROM numbers JOIN models ON number = n % (SELECT count(*) FROM models);
COMMIT;
ANALYZE;
