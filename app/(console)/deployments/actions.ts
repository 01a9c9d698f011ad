'use server'

import { action } from '#app/_web/action.ts'
import { requestDeployment } from '#lib/deployments/request-deployment.ts'

export async function requestDeploymentAction(input: unknown) {
  return action(requestDeployment, input)
}
