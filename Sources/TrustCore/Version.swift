/// The version of both programs.
///
/// The only place in the sources that has it. `make install` writes it into the manual pages, and `scripts/check-version` compares it with
/// debian/changelog and CHANGELOG.md.
package enum Version {
    package static let current = "0.2.0"
}
