"""The dependency layer of the zip Lambdas: what of requirements.txt their code imports, and nothing else."""
