//! Where in the database a text is.

use data_encoding::HEXLOWER;
use sqlx::{AssertSqlSafe, Row};

use crate::harness::Instance;

/// The tables that have it in a row, in any column, as text or as bytes.
pub async fn traces_of(instance: &Instance, text: &str) -> Vec<String> {
    let pool = &instance.database.pool;
    let tables = sqlx::query(
        "select format('%I.%I', table_schema, table_name) as name from information_schema.tables
         where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1",
    );
    let rows = tables.fetch_all(pool).await.expect("tables");
    let tables: Vec<String> = rows.iter().map(|row| row.get("name")).collect();
    assert!(tables.iter().any(|table| table == "public.users"), "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        // Bytes are shown in hexadecimal.
        let sql = format!("select count(*) from {table} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0");
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(text).bind(HEXLOWER.encode(text.as_bytes()));
        let count: i64 = query.fetch_one(pool).await.expect("a number");
        if count > 0 {
            found.push(table);
        }
    }
    found
}
