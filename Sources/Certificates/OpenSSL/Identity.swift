/// What one side of a TLS connection shows, and the key that proves it.
package struct Identity {
    package let certificate: Certificate
    package let key: PrivateKey
    /// What it sends besides: the certificates of those who have issued it, or of whom it pretends that they have.
    package let chain: [Certificate]

    package init(certificate: Certificate, key: PrivateKey, chain: [Certificate] = []) {
        self.certificate = certificate
        self.key = key
        self.chain = chain
    }
}
