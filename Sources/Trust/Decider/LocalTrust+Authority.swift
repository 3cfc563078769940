package import SystemPackage

/// Where our own CA keeps its files, whether it is there or not.
package struct AuthorityFiles {
    package let folder: FilePath

    package var certificate: FilePath { folder.appending("ca.pem") }
    /// For root alone; missing once it was moved away.
    package var key: FilePath { folder.appending("ca.key") }
    /// Says where the key was moved.
    package var moved: FilePath { folder.appending("ca.key.moved") }
}

extension LocalTrust {
    /// Beside trustd.conf.
    package var authorityFiles: AuthorityFiles { AuthorityFiles(folder: file.removingLastComponent().appending("ca")) }
}
