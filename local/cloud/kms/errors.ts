/** Errors as KMS names them. The door turns them into `x-amzn-errortype` and `{ __type, message }`. */
export type KmsErrorName =
  | 'AccessDeniedException' | 'AlreadyExistsException' | 'DisabledException' | 'DryRunOperationException' | 'IncorrectKeyException' | 'InvalidAliasNameException' | 'InvalidArnException'
  | 'InvalidCiphertextException' | 'InvalidKeyUsageException' | 'KMSInvalidMacException' | 'KMSInvalidSignatureException' | 'KMSInvalidStateException'
  | 'MalformedPolicyDocumentException' | 'MissingAuthenticationTokenException' | 'NotFoundException' | 'SerializationException' | 'UnknownOperationException'
  | 'UnsupportedOperationException' | 'ValidationException'

export class KmsError extends Error {
  override readonly name: KmsErrorName
  constructor(name: KmsErrorName, message: string) {
    super(message)
    this.name = name
  }
}
