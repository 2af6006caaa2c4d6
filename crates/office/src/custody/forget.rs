//! A case was erased: custody keeps no trace of whose it was.

use crate::access::CaseGrant;
use crate::error::Result;
use store::{Conn, params};

/// Removes what custody holds of a case whose records are being erased (two people decided; the chain says so). What stays
/// is in the chain: identifiers and times. That a colleague is one of the people stays known as long as one of them belongs
/// to another case: there it still bars.
pub async fn forget_case(tx: &mut Conn, grant: &CaseGrant) -> Result<()> {
    for sql in [
        "DELETE FROM assignment_compartment WHERE assignment_id IN (SELECT id FROM assignment WHERE case_id = $1)",
        "DELETE FROM assignment WHERE case_id = $1",
        "DELETE FROM break_glass_compartment WHERE break_glass_id IN (SELECT id FROM break_glass WHERE case_id = $1)",
        "DELETE FROM break_glass WHERE case_id = $1",
        "DELETE FROM deny_entry WHERE case_id = $1",
        "DELETE FROM staff_person WHERE person_id IN (SELECT c.person_id FROM case_circle c WHERE c.case_id = $1 \
         AND NOT EXISTS (SELECT 1 FROM case_circle o WHERE o.person_id = c.person_id AND o.case_id <> c.case_id))",
        "DELETE FROM case_circle WHERE case_id = $1",
        "DELETE FROM notice WHERE case_id = $1",
    ] {
        tx.exec(sql, params![grant.case().get()]).await?;
    }
    Ok(())
}
