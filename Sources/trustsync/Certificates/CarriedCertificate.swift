/// A certificate as the database holds it.
enum CarriedCertificate {
    /// Bytes of one, in DER form: what the table's own check says.
    static let sizes = 64...12_288
}
