# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The Belfry authors

"""Certificates for one test, and clients that trust them."""

import ssl
import subprocess


def make_certificate(folder, name, issuer=None):
    """One that vouches for itself, or a client's that the issuer vouches for."""
    by_issuer = ('-CA', f'{folder}/{issuer}.pem', '-CAkey', f'{folder}/{issuer}-key.pem',
                 '-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=clientAuth')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={name}', '-days', '2',
                    '-keyout', f'{folder}/{name}-key.pem', '-out', f'{folder}/{name}.pem',
                    *(by_issuer if issuer else ())], check=True, capture_output=True)


def trusting(folder, name):
    context = ssl.create_default_context(cafile=f'{folder}/{name}.pem')
    context.check_hostname = False
    return context
