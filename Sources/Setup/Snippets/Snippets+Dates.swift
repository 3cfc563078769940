/// That a certificate is within its dates, in Exim's words. Both ways of trust need it: an Exim with OpenSSL does not verify a certificate
/// again when a client resumes a TLS session, and one that has expired since would count as verified.
extension Snippets {
    private static let end = "${certextract{notafter,int}{$tls_in_peercert}}"
    private static let beginning = "${certextract{notbefore,int}{$tls_in_peercert}}"

    /// Exim cuts a date to 32 bits: an end after 2106-02-07 becomes one long ago. What ends before it begins was cut so, and has not ended.
    /// (`approve` refuses a certificate that really ends before it begins.)
    private static let notEnded = "or{{>{\(end)}{$tod_epoch}}{<{\(end)}{\(beginning)}}}"
    private static let begun = "<={\(beginning)}{$tod_epoch}"

    static let datesComment = """
        # The dates are compared here too, because an Exim with OpenSSL does not look at them when a client resumes a TLS session.
        # Exim cuts a date to 32 bits: an end that is before the beginning is one after 2106.
        """

    /// The two conditions of an ACL statement.
    var dateConditions: String {
        """
                condition  = ${if \(Self.notEnded)}
                condition  = ${if \(Self.begun)}
        """
    }

    /// The macro, a condition of an expansion.
    var datesMacro: String {
        """
        \(Self.datesComment)
        TRUSTD_CERT_IN_DATE = and{{\(Self.notEnded)}\\
            {\(Self.begun)}}
        """
    }
}
