/// The words with which Exim's log reports a client whose certificate is not in the trust list, as the ACL's `log_message` writes them.
///
/// trustd looks for them in the log; trustctl writes them into the ACLs that it installs and looks for them in rehearsals.
package enum LogPhrase {
    /// What comes before the 64 digits of the fingerprint.
    package static let attempt: StaticString = "Attempt to relay from a certificate which has not been explicitly allowed: "

    /// The same words as a `String`.
    package static var text: String { attempt.description }
}
