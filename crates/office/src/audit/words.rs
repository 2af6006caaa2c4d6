//! The codes of the chain in the words of the desk's audit page.

/// What the code of an action means; `None` for codes of other rooms, which name their own.
pub fn label(action: &str) -> Option<&'static str> {
    Some(match action {
        "inbox.see" => "受信箱を開く",
        "thread.read" => "手紙を読む",
        "thread.reply" => "返事を書く",
        "thread.note" => "内部メモ",
        "thread.assign" => "担当を決める",
        "thread.promise" => "約束の日を決める",
        "thread.close" => "終わりにする・開き直す",
        "thread.enter" => "電話や紙の手紙を入れる",
        "thread.reissue_code" => "あいことばを出し直す",
        "phrase.add" => "定型文を加える",
        "phrase.change" => "定型文を変える",
        "phrase.remove" => "定型文を消す",
        "phrase.edit" => "定型文の編集",
        "office.found" => "窓口を作る",
        "office.change" => "窓口の設定を変える",
        "office.pause" => "手紙の受け付けを休む",
        "office.resume" => "手紙の受け付けを始める",
        "office.see" => "窓口のページ",
        "office.edit" => "窓口の設定の編集",
        "office.pause_letters" => "手紙の受け付けの休み",
        "staff.sign_in" => "サインイン",
        "staff.sign_out" => "サインアウト",
        "staff.end_other_sessions" => "ほかのサインインを終える",
        "staff.confirm_password" => "パスワードの確認",
        "staff.invite" => "職員を招く",
        "staff.invite_again" => "職員を招き直す",
        "staff.enrol" => "職員の登録",
        "staff.change" => "職員の変更",
        "staff.change_password" => "パスワードの変更",
        "staff.renew_recovery_codes" => "予備コードの出し直し",
        "staff.see" => "職員のページ",
        "staff.manage" => "職員の管理",
        "office_key.grant" => "手紙を開く鍵を渡す",
        "office_key.take" => "復旧シートから鍵を受け取る",
        "audit.see" => "記録のページ",
        "case.list" => "ケースの一覧",
        "case.open" => "ケースを開く",
        "case.read" => "ケースを見る",
        "case.change" => "ケースを変える",
        "compartment.read" => "区画を読む",
        "compartment.write" => "区画に書く",
        "compartment.open" => "区画を作る",
        "case.search" => "ケースをさがす",
        "case.searched" => "さがした言葉（指紋だけ）",
        "case.assign" => "担当を決める",
        "case.assigned" => "担当になる",
        "case.unassigned" => "担当を終える",
        "case.subject_knows" => "本人が知っているかの記録",
        "case.acquaintance" => "知人回避",
        "case.break_glass" => "緊急の閲覧",
        "case.review_break_glass" => "緊急の閲覧の確認",
        "case.approve" => "センター長の確認",
        "case.hand_over" => "引き継ぎ",
        "case.workload" => "担当の量",
        "case.vital_reach" => "命・体の危険による連絡",
        "approach.proposed" => "初回アプローチの記録",
        "approach.approved" => "初回アプローチの確認",
        "approach.withdrawn" => "初回アプローチの取り下げ",
        "refusal.recorded" => "「今は望まない」の記録",
        "refusal.lifted" => "「今は望まない」を解く",
        "disclosure.prepare" => "開示請求の準備",
        "disclosure.approve" => "開示請求の承認",
        "erasure.propose" => "廃棄の提案",
        "erasure.approve" => "廃棄の承認",
        "peer.manage" => "ピアサポーターの登録",
        "peer.cards" => "ピアのカード",
        _ => return None,
    })
}

/// What the code of a reason means; `None` for those that need no words (`version=3`).
pub fn reason(detail: &str) -> Option<&'static str> {
    Some(match detail {
        "role" => "役割では許されていない",
        "other_office" => "ほかの窓口のもの",
        "no_office_key" => "鍵を渡されていない",
        "key_does_not_fit" => "鍵が合わない",
        "absent" => "存在しない",
        "password" => "名前かパスワードが違う",
        "code" => "確認コードが違う",
        "code_used_before" => "確認コードは使用済み",
        "wait" => "回数が多く、待つ時間の中",
        "invitation" => "登録コードが使えない",
        "sheet_does_not_fit" => "復旧シートが合わない",
        "totp" => "認証アプリで",
        "recovery_code" => "予備コードで",
        "by=colleague" => "同僚から",
        "by=sheet" => "復旧シートから",
        "by=founding" => "窓口を作るときに",
        "acquainted" => "知人回避",
        "not_assigned" => "担当ではない",
        "compartment" => "担当の区画ではない",
        "other_case" => "ほかのケースのもの",
        "reads_only" => "読むことだけが許されている",
        "reach=leads" => "センター長として",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_action_has_words() {
        for action in crate::Action::ALL {
            assert!(super::label(action.code()).is_some(), "{action:?}");
        }
    }
}
