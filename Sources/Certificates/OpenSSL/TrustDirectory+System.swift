import COpenSSL
package import SystemPackage

extension TrustDirectory {
    /// Where OpenSSL looks for the authorities that the whole machine trusts: a folder and a file.
    package static var systemAuthorities: [FilePath] {
        [systemDirectory, X509_get_default_cert_file().map { FilePath(String(cString: $0)) }].compactMap { $0 }
    }

    static var systemDirectory: FilePath {
        X509_get_default_cert_dir().map { FilePath(String(cString: $0)) } ?? "/usr/lib/ssl/certs"
    }
}
